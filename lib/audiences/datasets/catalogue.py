"""The products: about 2,000 over ten categories, with human descriptions and lognormal prices."""

from __future__ import annotations

import math

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from audiences.datasets.draws import at, lognormal, pick, uniform

ADJECTIVES = (
    "red", "blue", "green", "white", "vintage", "modern", "large", "small", "folding", "rustic",
    "painted", "striped", "floral", "wooden", "classic", "mini", "deluxe", "handmade", "polka dot", "natural",
)  # fmt: skip
CATEGORIES = {
    "kitchen": (
        "mug", "teapot", "bowl", "plate", "jug",
        "tray", "apron", "cake tin", "spoon set", "chopping board",
    ),
    "home": (
        "cushion", "candle", "clock", "photo frame", "mirror",
        "doormat", "vase", "lamp", "blanket", "curtain",
    ),
    "garden": (
        "planter", "lantern", "bird feeder", "bench", "hose",
        "trowel", "wind chime", "gnome", "trellis", "parasol",
    ),
    "toys": (
        "puzzle", "teddy", "skipping rope", "doll house", "kite",
        "train set", "board game", "robot", "yo-yo", "drum",
    ),
    "stationery": (
        "notebook", "pen", "gift wrap", "card set", "ruler",
        "sticker pack", "calendar", "folder", "stamp", "diary",
    ),
    "bags": (
        "lunch bag", "tote", "backpack", "purse", "wash bag",
        "suitcase", "shopper", "pouch", "satchel", "gym bag",
    ),
    "party": (
        "bunting", "balloon set", "paper cup", "napkin pack", "banner",
        "straw set", "hat", "garland", "candle set", "mask",
    ),
    "jewellery": (
        "necklace", "bracelet", "ring", "earrings", "brooch",
        "anklet", "hair clip", "charm", "watch", "keyring",
    ),
    "bath": (
        "soap", "towel", "bath mat", "sponge", "shower cap",
        "bath bomb", "toothbrush holder", "robe", "loofah", "basket",
    ),
    "sports": (
        "yoga mat", "water bottle", "jump rope", "dumbbell", "racket",
        "football", "whistle", "knee pad", "swim cap", "helmet",
    ),
}  # fmt: skip
_NAMES = list(CATEGORIES)
_PER_CATEGORY = len(ADJECTIVES) * 10
PRODUCTS = _PER_CATEGORY * len(CATEGORIES)
CATEGORY_WEIGHTS = dict(enumerate((18, 16, 12, 11, 10, 9, 8, 7, 5, 4)))
_MEDIAN_PRICE = (4.5, 9.0, 12.0, 8.0, 2.5, 7.5, 3.0, 11.0, 4.0, 14.0)
_PRICE_SPREAD = 0.45
_FLATTEN = 10.0  # Zipf-Mandelbrot's shift: without it one product would have 13 % of its category


def products(spark: SparkSession, *, seed: int) -> DataFrame:
    """One row per product.

    Columns: product (bigint, 0 .. PRODUCTS-1), product_id string, item string (the noun), description string,
    category string, price decimal(12,2) > 0 (lognormal, median by category).
    """
    product = F.col("product")
    category, rank = product % len(_NAMES), F.floor(product / len(_NAMES))
    shuffled = (rank * 7 + category * 31) % _PER_CATEGORY  # the best sellers are not all red mugs
    noun = F.floor(shuffled / len(ADJECTIVES))
    item = at([noun for nouns in CATEGORIES.values() for noun in nouns], category * 10 + noun)
    price = lognormal(seed, "price", product, median=at(_MEDIAN_PRICE, category), sigma=_PRICE_SPREAD)
    return (
        spark.range(0, PRODUCTS, 1, 1)
        .select(F.col("id").alias("product"))
        .select(
            "product",
            (product + 20_000).cast("string").alias("product_id"),
            item.alias("item"),
            F.concat_ws(" ", at(ADJECTIVES, shuffled % len(ADJECTIVES)), item).alias("description"),
            at(_NAMES, category).alias("category"),
            F.greatest(price, F.lit(0.2)).cast("decimal(12,2)").alias("price"),
        )
    )


def favourite(seed: int, customer: Column) -> Column:
    """The category (its position, int) that a customer comes back to."""
    return pick(uniform(seed, "favourite", customer), CATEGORY_WEIGHTS)


def choose_product(seed: int, purpose: str, *keys: Column, favourite: Column) -> Column:
    """A product (bigint): half of the choices fall in the favourite category; within one, rank by Zipf-Mandelbrot."""
    u = uniform(seed, f"{purpose}/category", *keys)
    category = F.when(u < 0.5, favourite).otherwise(pick((u - 0.5) * 2.0, CATEGORY_WEIGHTS))
    reach = math.log((_PER_CATEGORY + _FLATTEN) / _FLATTEN)
    rank = F.floor(_FLATTEN * F.exp(uniform(seed, f"{purpose}/rank", *keys) * reach) - _FLATTEN)
    return F.least(rank, F.lit(_PER_CATEGORY - 1)) * len(_NAMES) + category
