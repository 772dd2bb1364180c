def bench_command() -> None:
    """x"""
