"""Floor 2: is this message, page, advert or number a scam, why, and what to do now."""
