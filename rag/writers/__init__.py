"""Hold the writers: each turns a task into a draft that names evidence ids only."""
