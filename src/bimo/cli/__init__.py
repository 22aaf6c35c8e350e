"""The command line: translation between the terminal and the floors below, no logic of its own."""
