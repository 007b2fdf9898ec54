"""The rules over one set of templates, a module per family."""
