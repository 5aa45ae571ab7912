"""A million clocks: what an open case costs in memory, at a start and when its rung comes due, on real Kafka."""
