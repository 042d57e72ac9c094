"""Time fastnn beside its peers: what `fastnn bench` and the developers' `bench/` share."""
