"""Search by meaning
=================

The estimators of scikit-learn that some words describe::

    python semantic_search.py
    python semantic_search.py "a tree of clusters"

The documentation of each estimator becomes a vector (TF-IDF, latent semantic analysis), and so does
the question; the answer is what lies at the smallest angle. Every angle is compared, exactly.
"""

import inspect
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.utils import all_estimators

import fastnn.neighbors
from fastnn.neighbors import NearestNeighbors

QUESTION = "find groups of points that lie close together, without labels"


def show(title, names, distances, indices):
    print(f"\n{title}")
    for distance, index in zip(distances[0], indices[0], strict=True):
        print(f"  {distance:.3f}  {names[index]}")


def main():
    question = " ".join(sys.argv[1:]) or QUESTION
    found = [(name, estimator) for name, estimator in all_estimators() if estimator.__doc__]
    names = [name for name, _ in found]
    to_vectors = make_pipeline(
        TfidfVectorizer(stop_words="english", sublinear_tf=True, min_df=2),
        TruncatedSVD(64, random_state=1),
    )
    vectors = to_vectors.fit_transform([inspect.getdoc(estimator) for _, estimator in found])
    vectors = vectors.astype(np.float32)
    query = to_vectors.transform([question]).astype(np.float32)

    search = NearestNeighbors(n_neighbors=10, metric="cosine").fit(vectors)
    print(f"{len(names)} texts as vectors of {vectors.shape[1]} numbers. Asked for: {question}")
    show("nearest, by 1 - cosine", names, *search.kneighbors(query))
    show("farthest", names, *search.kneighbors(query, farthest=True))

    predicts = np.array([hasattr(estimator, "predict") for _, estimator in found])
    show("nearest of those that predict", names, *search.kneighbors(query, mask=predicts))

    own = [(name, getattr(fastnn.neighbors, name)) for name in fastnn.neighbors.__all__]
    added = to_vectors.transform([inspect.getdoc(estimator) for _, estimator in own])
    search.partial_fit(added.astype(np.float32))
    names += [f"fastnn's {name}" for name, _ in own]
    query = to_vectors.transform(["vote of the nearest neighbors"]).astype(np.float32)
    show(
        'nearest to "vote of the nearest neighbors", with fastnn\'s own',
        names,
        *search.kneighbors(query),
    )

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "estimators.safetensors")
        search.save(path)
        loaded = NearestNeighbors.load(path, mmap=True)  # the rows stay in the file
        same = np.array_equal(loaded.kneighbors(query)[1], search.kneighbors(query)[1])
        print(f"\nsaved as {path.stat().st_size:,} bytes; from the file the same: {same}")
        del loaded


if __name__ == "__main__":
    main()
