"""Pure arithmetic about what fits. Nothing of this project and no CDK is imported here."""
