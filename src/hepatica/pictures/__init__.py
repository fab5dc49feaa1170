"""Pictures: one Altair definition of each chart for page, notebook, and PDF; frames in, a chart out."""
