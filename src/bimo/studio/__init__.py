"""The studio: a web server on loopback and its page. No logic, only translation to and from the floors below."""
