"""SASL OAUTHBEARER: tokens from an authorization server instead of a password at the brokers (RFC 6749, 6750, 7628)."""
