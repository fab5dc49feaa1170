"""What protects every answer and every session, whatever the page."""
