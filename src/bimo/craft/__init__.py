"""The writing tools, one file each, with their prompts beside them, and the recipes that join them."""
