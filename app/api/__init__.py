"""Thin routers: parse, call, convert. No mathematics."""
