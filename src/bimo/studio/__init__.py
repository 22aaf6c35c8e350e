"""The studio: the web server and its page. No logic, only translation to and from the floors below."""
