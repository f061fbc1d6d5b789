"""Many questions: read, estimated, answered, kept the moment they are there."""
