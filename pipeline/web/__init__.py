"""The page behind the link in an alert: shows a case in a few words and takes the acts that its reader may do.

Here: links (minting, reading, their keys), the forms, the pages, the application, and its two views of Kafka. Not here:
what an act means for a case (`pipeline.cases`), who is told (`pipeline.routing`), and the words of alerts
(`deploy/texts`). Only `links` and `link_keys` are for others; nothing in this folder imports the agents.
"""
