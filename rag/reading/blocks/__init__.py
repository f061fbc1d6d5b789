"""From words to lines, blocks and their labels."""
