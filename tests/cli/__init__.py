"""The command line against a running pipeline and against none. What a command hands to the pipeline is not here."""
