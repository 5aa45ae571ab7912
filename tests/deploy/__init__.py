"""Tests of what is shipped beside the code: compose file, image, scrape configuration."""
