"""The text branch on one page: reviews -> tokens -> topics -> what customers and products are about -> hybrid segments.

Absent, stage by stage, from a run without `sources.reviews.path`.
"""

from __future__ import annotations

from collections.abc import Mapping

from audiences import schema
from audiences.config import ReviewSource
from audiences.engine.landing import landed_rows
from audiences.engine.stage import Maybe, ModelOf, Need, Stage, stage_of
from audiences.engine.stage_settings import Fields
from audiences.features.review_behaviour import review_behaviour
from audiences.pipeline.purchases import PROFILED, RFM, VALUE
from audiences.segments.hybrid.features import hybrid_features
from audiences.segments.hybrid.names import hybrid_names
from audiences.segments.hybrid.tree import dendrogram, hybrid_segments, hybrid_selection
from audiences.segments.playbook import segment_playbook
from audiences.segments.profiles import segment_profiles
from audiences.segments.topic_profiles import segment_topics
from audiences.sources.reviews import rejected_reviews, reviews
from audiences.text.sentiment import review_sentiment, theme_sentiment
from audiences.text.tokens import review_tokens
from audiences.text.topic_selection import fit_topics
from audiences.text.topics import customer_topics, product_topics, review_topics, topics_of
from audiences.text.vocabulary import fit_vocabulary

# raw texts -> reviews, each kept or rejected with its reasons -> tokens
LANDED_REVIEWS = Stage(schema.landed_reviews, landed_rows, lands="reviews")
_JUDGED: dict[str, str | Fields] = {
    "source": Fields("sources.reviews", only=ReviewSource.JUDGED),
    "cleaning": "review_cleaning",
    "time_zone": "time_zone",
}
REVIEWS = Stage(schema.reviews, reviews, {"landed": LANDED_REVIEWS}, _JUDGED)
REJECTED_REVIEWS = Stage(
    schema.rejected_rows, rejected_reviews, {"landed": LANDED_REVIEWS}, _JUDGED,
    name="rejected_reviews", part={"source": "reviews"},
)  # fmt: skip
TOKENS = Stage(
    schema.review_tokens, review_tokens, {"reviews": REVIEWS},
    {"preprocessing": Fields("text.preprocessing", but=("engine",)), "engine": "text.preprocessing.chosen_engine"},
)  # fmt: skip

# the words that count, the topics, and their names
VOCABULARY = Stage(
    schema.vocabulary, fit_vocabulary, {"review_tokens": TOKENS}, {"vocabulary": "text.vocabulary"}, fits="vocabulary"
)
_LABELS = ("stored_words", "themes", "min_theme_score", "same_distance", "previous")  # what topics are called
TOPIC_SELECTION = Stage(
    schema.topic_selection, fit_topics,
    {"review_tokens": TOKENS, "counter": ModelOf(VOCABULARY), "vocabulary": VOCABULARY},
    {"topics": Fields("text.topics", but=(*_LABELS, "ids_of"))}, fits="topics", revision=2,
)  # fmt: skip
TOPICS = Stage(
    schema.topics, topics_of,
    {"review_tokens": TOKENS, "model": ModelOf(TOPIC_SELECTION), "vocabulary": VOCABULARY},
    {"topics": Fields("text.topics", only=(*_LABELS, "top_words"))},
)  # fmt: skip
REVIEW_TOPICS = Stage(
    schema.review_topics, review_topics, {"review_tokens": TOKENS, "model": ModelOf(TOPIC_SELECTION), "topics": TOPICS}
)
PRODUCT_TOPICS = Stage(
    schema.product_topics, product_topics, {"review_topics": REVIEW_TOPICS, "topics": TOPICS, "reviews": REVIEWS}
)
REVIEW_SENTIMENT = Stage(
    schema.review_sentiment, review_sentiment, {"review_tokens": TOKENS},
    {"sentiment": Fields("text.sentiment", only=("words",)), "engine": "text.preprocessing.chosen_engine"},
    when="text.sentiment.themes",
)  # fmt: skip
THEME_SENTIMENT = Stage(
    schema.theme_sentiment, theme_sentiment,
    {"review_topics": REVIEW_TOPICS, "review_sentiment": REVIEW_SENTIMENT, "topics": TOPICS},
    {"sentiment": Fields("text.sentiment", only=("themes",))},
)  # fmt: skip
REVIEW_BEHAVIOUR = Stage(schema.review_behaviour, review_behaviour, {"reviews": REVIEWS})


def text_stages(*, customers: Stage, value: Stage, described: Mapping[str, Need]) -> tuple[Stage, ...]:
    """All stages of the branch, in order.

    Args:
        customers: makes the table of customers who keep their place without a text; may be absent from a run.
        value: makes the behaviour clusters; may be absent, then reviews tell the behaviour.
        described: argument of segment_profiles -> the stage of that feature table; each may be absent.
    """
    by_customer = Stage(
        schema.customer_topics, customer_topics,
        {"review_topics": REVIEW_TOPICS, "topics": TOPICS, "customers": Maybe(customers)},
    )  # fmt: skip
    features = Stage(
        schema.hybrid_features, hybrid_features,
        {"customer_topics": by_customer, "topics": TOPICS, "value": Maybe(value), "review_behaviour": REVIEW_BEHAVIOUR},
        {"hybrid": Fields("hybrid", only=("behaviour_weight", "topic_weight", "is_soft"))},
    )  # fmt: skip
    leaves = Fields("hybrid", only=("micro_clusters", "micro_iterations", "seed", "rows_per_partition"))
    tree = Stage(schema.dendrogram, dendrogram, {"hybrid_features": features}, {"hybrid": leaves})
    number = Fields("hybrid", only=("choose", "k", "k_min", "k_max", "min_share"))
    selection = Stage(schema.hybrid_selection, hybrid_selection, {"dendrogram": tree}, {"hybrid": number})
    names = Stage(
        schema.segment_names, hybrid_names, {"dendrogram": tree, "selection": selection},
        name="hybrid_names", part={"segmentation": "hybrid"},
    )  # fmt: skip
    members = Stage(
        schema.hybrid_segments, hybrid_segments,
        {"hybrid_features": features, "dendrogram": tree, "selection": selection, "names": names},
    )  # fmt: skip
    said = {"customer_topics": by_customer, "topics": TOPICS, "review_topics": REVIEW_TOPICS, "reviews": REVIEWS}
    topics = tuple(
        Stage(
            schema.segment_topics, segment_topics, {"members": stage, **said},
            name=f"{segmentation}_topics", part={"segmentation": segmentation},
        )
        for segmentation, stage in (("hybrid", members), ("value", value))
    )  # fmt: skip
    profiles = Stage(
        schema.segment_profiles, segment_profiles,
        {"members": members, **{name: Maybe(stage_of(need)) for name, need in described.items()},
         "review_behaviour": REVIEW_BEHAVIOUR},
        {"currency": "currency"}, name="hybrid_profiles", part={"segmentation": "hybrid"},
    )  # fmt: skip
    playbook = Stage(
        schema.segment_playbook, segment_playbook, {"profiles": profiles, "topics": topics[0]},
        {"playbook": "playbook"}, name="hybrid_playbook", part={"segmentation": "hybrid"},
    )  # fmt: skip
    return (
        LANDED_REVIEWS, REVIEWS, REJECTED_REVIEWS, TOKENS, VOCABULARY, TOPIC_SELECTION, TOPICS, REVIEW_TOPICS,
        PRODUCT_TOPICS, REVIEW_SENTIMENT, THEME_SENTIMENT, REVIEW_BEHAVIOUR, by_customer, features, tree, selection,
        names, members, *topics, profiles, playbook,
    )  # fmt: skip


TEXT = {stage.name: stage for stage in text_stages(customers=RFM, value=VALUE, described=PROFILED)}
"""The branch beside what customers do: stage by name, in order."""
