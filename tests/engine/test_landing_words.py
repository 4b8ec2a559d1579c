"""What a run says while it lands texts."""

from __future__ import annotations

import logging

from audiences.engine import landing


def test_texts_in_another_language_are_told_in_one_sentence(spark, caplog):
    english = "the box is good and it was not dear at all"
    german = "die Lampe ist sehr schön und ich bin nicht enttäuscht"
    with caplog.at_level(logging.WARNING):
        landing._tell_language(spark.createDataFrame([(english,)] * 20 + [(None,)], "text string"))
        assert caplog.messages == []
        landing._tell_language(spark.createDataFrame([(german,)] * 15 + [(english,)] * 5, "text string"))
    [told] = caplog.messages
    assert told.startswith("sources.reviews: the texts are not in English alone: 75% German, 25% English;")
