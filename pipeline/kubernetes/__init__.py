"""The parts of deploy/kubernetes that follow from the code: topics, users with their rights, alert rules."""
