"""Rules over the synthesized templates. They see what CloudFormation will see."""
