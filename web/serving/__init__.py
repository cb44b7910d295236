"""What both web servers need: static files, event streams, roles, the error table."""
