"""Other people's files of networks, read as data and never run."""
