"""An invented population that answers the questionnaire: registers and deliveries of any size, from a seed.

Put here: how persons, houses and answers are drawn and written as deliveries. What they are drawn from (rates, names,
household types, faults) is data/synthetic/*.yaml. Keep out: tables of the pipeline; deliveries go through `jpt intake`.
"""
