"""Language models behind one protocol: the embedded engine, any OpenAI-compatible server, a scripted one."""
