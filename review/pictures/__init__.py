"""Pictures of an environment, as text that is the same each time: SVG, Mermaid and tables."""
