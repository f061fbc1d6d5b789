"""Answer as the two usual recipes do, with the model and the embedder that we use, so that only the recipe differs.

- LangChain: RecursiveCharacterTextSplitter 1,000/150, vectors in memory, the four nearest chunks stuffed into a prompt
  that asks for an answer with [n] citations, ChatOpenAI.
- LlamaIndex: SentenceSplitter and VectorStoreIndex at their defaults, CitationQueryEngine (chunks of 512 tokens of the
  three nearest nodes), its own prompts.

Both read a paper's stored pages, joined by an empty line, and search the papers that a question allows alone.
Needs `pip install langchain-text-splitters` and `pip install llama-index-core`, which are imported when they are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from eval.benchmarks.replies import Reply, Source, of_text
from eval.benchmarks.sets import joined
from rag.chat import Chat, Choice, LangchainModel, Message, ModelChat, Request
from rag.chat import Reply as Said
from rag.errors import SettingsError
from rag.papers import Paper
from rag.searching import Embedder

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

CHUNK, OVERLAP, STUFFED = 1000, 150, 4  # characters, characters, chunks
CITED_CHUNK, NEAREST = 512, 3  # tokens, nodes: as LlamaIndex's own example of the engine has them
REPLY_TOKENS = 1024  # a small model that repeats itself would go on to the end of its context
CONTEXT = 8192  # tokens, where the server does not tell
TIMEOUT_S = 600.0
PROMPT = """Answer the question from the numbered sources below alone, in one to three sentences. After each sentence \
name the sources that it rests on by their numbers in square brackets, such as [1] or [2][3]. If the sources do not \
answer the question, say that you don't know.

{sources}

Question: {question}
Answer:"""


@dataclass(slots=True)
class Meter:
    """Count calls to a model, and the tokens that its server says they took."""

    calls: int = 0
    prompt: int = 0
    cached: int = 0  # of the prompt, what the server had read before
    reply: int = 0

    def add(self, usage: Mapping[str, float]) -> None:
        """Count one call by what its server told of it."""
        self.calls += 1
        self.prompt += int(usage.get("input_tokens", 0))
        self.cached += int(usage.get("cached_tokens", 0))
        self.reply += int(usage.get("output_tokens", 0))


@dataclass(slots=True)
class Metered(Chat):
    """Count what a chat of ours takes."""

    chat: Chat
    meter: Meter

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self.chat.name

    @property
    def capabilities(self) -> Any:
        """Return what is known of the model."""
        return self.chat.capabilities

    def complete(self, request: Request) -> Said:
        """Return the model's reply."""
        reply = self.chat.complete(request)
        self.meter.add(reply.usage)
        return reply

    def choose(self, messages: Sequence[Message], options: Sequence[str] = ("Yes", "No")) -> Choice:
        """Return how probable each option is."""
        choice = self.chat.choose(messages, options)
        self.meter.add(choice.usage)
        return choice


@dataclass(slots=True)
class PeerModel:
    """Ask the model on our server as LangChain's users do, and count what it takes."""

    model: BaseChatModel
    meter: Meter
    context: int = CONTEXT

    @classmethod
    def beside(cls, chat: Chat, meter: Meter) -> PeerModel:
        """Open ChatOpenAI on the server that a chat of ours talks to, at no temperature."""
        if not isinstance(chat, ModelChat):
            raise SettingsError(f"--llm {chat.name} has no server that a peer could ask; leave them out: --peers ''")
        server: Any = chat.server
        context = chat.capabilities.context or CONTEXT
        if isinstance(server, LangchainModel):
            return cls(server.model, meter, context)
        from langchain_openai import ChatOpenAI

        client = server.client
        opened = hasattr(client, "chat")  # an OpenAI client; Ollama's is plain HTTP
        address, key = (str(client.base_url), client.api_key) if opened else (f"{server.address}/v1", "none")
        told: dict[str, Any] = {"model": server.model, "base_url": address, "api_key": key}
        told |= {"temperature": 0.0, "max_tokens": REPLY_TOKENS, "timeout": TIMEOUT_S, "max_retries": 0}
        return cls(ChatOpenAI(**told), meter, context)

    def ask(self, prompt: str) -> str:
        """Return the model's words."""
        message = self.model.invoke(prompt)
        usage: Mapping[str, Any] = getattr(message, "usage_metadata", None) or {}
        told = {name: usage.get(name) or 0 for name in ("input_tokens", "output_tokens")}
        told["cached_tokens"] = (usage.get("input_token_details") or {}).get("cache_read") or 0
        self.meter.add(told)
        return str(message.text)


class Recipe(Protocol):
    """Answer a question from some papers."""

    def answer(self, question: str, papers: Sequence[Paper]) -> Reply:
        """Return the answer with its citations."""
        ...


def source_of(text: str, paper: Paper, start: int) -> Source:
    """Return a chunk of a paper's joined pages that begins at `start`, with the pages of which it shares half.

    Half of the page or of the chunk, whichever is shorter.
    """
    _, spans = joined([page.text for page in paper.pages])
    end, pages = start + len(text), set()
    for page, (first, last) in zip(paper.pages, spans, strict=True):
        shared = min(end, last) - max(start, first)
        if shared > 0 and 2 * shared >= min(last - first, len(text)):
            pages.add(page.number)
    return Source(text, paper.paper, frozenset(pages))


# --- LangChain ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Stuffed:
    """Stuff the nearest chunks into one prompt."""

    model: PeerModel
    embedder: Embedder
    _stores: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)

    def answer(self, question: str, papers: Sequence[Paper]) -> Reply:
        """Return the model's answer from the four nearest chunks."""
        key = tuple(paper.paper for paper in papers)
        if key not in self._stores:
            self._stores[key] = self._store(papers)
        known = {paper.paper: paper for paper in papers}
        return self.stuffed(
            question,
            [
                source_of(found.page_content, known[found.metadata["paper"]], found.metadata["start_index"])
                for found in self._stores[key].similarity_search(question, k=STUFFED)
            ],
        )

    def stuffed(self, question: str, shown: Sequence[Source]) -> Reply:
        """Return the model's answer from some chunks."""
        sources = "\n\n".join(f"[{number}] {source.text}" for number, source in enumerate(shown, 1))
        return of_text(self.model.ask(PROMPT.format(sources=sources, question=question)), shown)

    def _store(self, papers: Sequence[Paper]) -> Any:
        from langchain_core.documents import Document
        from langchain_core.embeddings import Embeddings
        from langchain_core.vectorstores import InMemoryVectorStore
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        model = self.embedder

        class Ours(Embeddings):
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return model.embed(texts).tolist()  # type: ignore[no-any-return]

            def embed_query(self, text: str) -> list[float]:
                return self.embed_documents([text])[0]

        splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP, add_start_index=True)
        whole = [Document(joined([p.text for p in one.pages])[0], metadata={"paper": one.paper}) for one in papers]
        return InMemoryVectorStore.from_documents(splitter.split_documents(whole), Ours())


# --- LlamaIndex ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class CitationQuery:
    """Ask LlamaIndex's CitationQueryEngine."""

    model: PeerModel
    embedder: Embedder
    _engines: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)

    def answer(self, question: str, papers: Sequence[Paper]) -> Reply:
        """Return the engine's answer; `[n]` is its n-th source node."""
        key = tuple(paper.paper for paper in papers)
        if key not in self._engines:
            self._engines[key] = self._engine(papers)
        found = self._engines[key].query(question)
        known = {paper.paper: paper for paper in papers}
        shown = [_cited(hit.node, known[hit.node.metadata["paper"]]) for hit in found.source_nodes]
        return of_text(str(found.response or ""), shown)

    def _engine(self, papers: Sequence[Paper]) -> Any:
        from llama_index.core import Document, VectorStoreIndex
        from llama_index.core.query_engine import CitationQueryEngine

        documents = [
            Document(
                text=joined([page.text for page in paper.pages])[0],
                metadata={"paper": paper.paper},
                excluded_embed_metadata_keys=["paper"],
                excluded_llm_metadata_keys=["paper"],
            )
            for paper in papers
        ]
        embedder, llm = _llama_parts()
        index = VectorStoreIndex.from_documents(documents, embed_model=embedder(self.embedder))
        told = {"llm": llm(self.model), "citation_chunk_size": CITED_CHUNK, "similarity_top_k": NEAREST}
        return CitationQueryEngine.from_args(index, **told)


def _cited(node: Any, paper: Paper) -> Source:
    """Return a source node, `Source 3:` and a chunk, as a chunk of its paper."""
    text = node.text.partition("\n")[2].strip("\n")
    start = joined([page.text for page in paper.pages])[0].find(text)
    return source_of(text, paper, start) if start >= 0 else Source(text, paper.paper, frozenset())


@cache
def _llama_parts() -> tuple[Any, Any]:
    """Return the classes by which LlamaIndex uses our embedder and LangChain's model."""
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.base.llms.types import CompletionResponse, LLMMetadata
    from llama_index.core.bridge.pydantic import PrivateAttr
    from llama_index.core.llms.callbacks import llm_completion_callback
    from llama_index.core.llms.custom import CustomLLM

    class Ours(BaseEmbedding):  # type: ignore[misc,unused-ignore]
        _model: Any = PrivateAttr()

        def __init__(self, model: Embedder) -> None:
            super().__init__(model_name="ours")
            self._model = model

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return self._model.embed(texts).tolist()  # type: ignore[no-any-return]

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    class Model(CustomLLM):  # type: ignore[misc,unused-ignore]
        _model: Any = PrivateAttr()

        def __init__(self, model: PeerModel) -> None:
            super().__init__()
            self._model = model

        @property
        def metadata(self) -> Any:
            return LLMMetadata(context_window=self._model.context, num_output=REPLY_TOKENS)

        @llm_completion_callback()  # type: ignore[untyped-decorator,unused-ignore]
        def complete(self, prompt: str, formatted: bool = False, **told: Any) -> Any:
            return CompletionResponse(text=self._model.ask(prompt))

        @llm_completion_callback()  # type: ignore[untyped-decorator,unused-ignore]
        def stream_complete(self, prompt: str, formatted: bool = False, **told: Any) -> Any:
            yield self.complete(prompt, formatted, **told)

    return Ours, Model
