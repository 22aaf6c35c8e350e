"""The routes, one file for each part of the house. They translate; the floors below do the work."""
