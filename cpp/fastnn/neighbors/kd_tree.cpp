#include "fastnn/neighbors/kd_tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "fastnn/neighbors/kd_tree_build.h"
#include "fastnn/neighbors/terms.h"

namespace fastnn::neighbors {

class KdTree::Searcher {
 public:
  virtual ~Searcher() = default;

  virtual Index leaf_of(const double* query) const = 0;
  virtual void search(const double* query, Index first, const std::uint8_t* present,
                      TopK& nearest) const = 0;
};

namespace {

constexpr Index fan_out = KdNodes<float>::fan_out;
constexpr Index leaf_rows = KdNodes<float>::leaf_rows;

static_assert(fan_out == Lanes::count && leaf_rows % Lanes::count == 0);

// Up to so many features the searcher is compiled for their number.
constexpr Index few_features = 6;

// So many levels of nodes leave regions of the tree that stay in a cache.
constexpr int levels_to_sort_by = 3;

// A child and the bound of its distances in one number. The bits of doubles that are not negative
// are in the order of the doubles; the last three give way to the number of the child. So the
// smallest key is found without a branch, and names the nearest child. What is lost of the bound
// makes it smaller, never larger.
using Key = std::int64_t;
constexpr Key child_bits = fan_out - 1;
constexpr Key no_key = std::numeric_limits<Key>::max();

Key least(const Key* keys) {
  Key half[fan_out / 2];
  for (Index c = 0; c < fan_out / 2; ++c) half[c] = std::min(keys[c], keys[c + fan_out / 2]);
  return std::min(std::min(half[0], half[2]), std::min(half[1], half[3]));
}

// Why no row is missed. The bound of a child is the distance from the query to its box, computed as
// those of its rows are: the same terms combined in the same order, here of how far the query q
// lies outside of the box in each feature. That is at most |q - x| for every row x of the child.
// As differences, products, sums and maxima are rounded monotonically, the bound as computed is at
// most the distance as computed, to the last bit. pow() alone may be off by its last bits, for
// which `lower` leaves room.
template <class Term>
double lower(double bound, const Term&) {
  return bound;
}
double lower(double bound, const Power&) { return std::max(bound * (1 - 1e-14) - 1e-300, 0.0); }

template <class T, class Term, class Combine, Index few>
class TypedSearcher final : public KdTree::Searcher {
 public:
  TypedSearcher(KdNodes<T> tree, const Term& term, const Combine& combine)
      : tree_(std::move(tree)), term_(term), combine_(combine) {}

  Index leaf_of(const double* query) const override {
    Index place = 0;
    Index node = tree_.root;
    for (int level = 0; level < levels_to_sort_by; ++level) {
      Key keys[fan_out];
      rate_children(node, query, keys);
      const Index child = least(keys) & child_bits;
      place = place * fan_out + child;
      if (tree_.nodes[node].holds_leaves) break;
      node = tree_.nodes[node].first + child;
    }
    return place;
  }

  void search(const double* query, Index first, const std::uint8_t* present,
              TopK& nearest) const override {
    visit(tree_.root, {query, first, present, nearest});
  }

 private:
  using Number = typename KdNodes<T>::Number;

  struct Search {
    const double* query;
    Index first;
    const std::uint8_t* present;
    TopK& nearest;
  };

  // Compiled for the number of features where it is small, so that sums stay in registers.
  Index n_features() const { return few > 0 ? few : tree_.n_features; }

  void rate_children(Index node, const double* query, Key* keys) const {
    const T* const box = &tree_.boxes(node, 0);
    const Lanes bounds = fold(
        n_features(),
        [&](Index i) {
          const Lanes q(query[i]);
          const T* const low = box + 2 * i * fan_out;
          const T* const high = low + fan_out;
          const Lanes outside = larger(Lanes::load(low) - q, q - Lanes::load(high));
          return term_(larger(outside, Lanes()), Lanes());
        },
        combine_);
    const std::array<double, fan_out> bound = bounds.elements();
    for (Index child = 0; child < fan_out; ++child) {
      const auto bits = std::bit_cast<Key>(lower(bound[child], term_));
      keys[child] = (bits & ~child_bits) | child;
    }
  }

  // From the nearest child on, as long as there may be rows near enough. A child at exactly the
  // limit counts if a row of it comes before the last neighbour: else many equal rows would all be
  // looked at. Boxes of children that do not exist are infinitely far, and come last.
  void visit(Index node, const Search& s) const {
    Key keys[fan_out];
    rate_children(node, s.query, keys);
    const auto& children = tree_.nodes[node];
    for (;;) {
      const Key key = least(keys);
      const Key bound = key & ~child_bits;
      const Index child = key & child_bits;
      const Key limit = std::bit_cast<Key>(s.nearest.farthest());
      if (bound > limit || child >= children.n_children) return;
      keys[child] = no_key;
      if (bound == limit && s.first + children.lowest[child] >= s.nearest.last_index()) continue;
      if (children.holds_leaves) {
        scan(children.first + child, s);
      } else {
        visit(children.first + child, s);
      }
    }
  }

  void scan(Index leaf, const Search& s) const {
    const T* const features = &tree_.features(leaf, 0);
    const Number* const numbers = &tree_.rows(leaf, 0);
    for (Index begin = 0; begin < leaf_rows; begin += Lanes::count) {
      const Lanes distances = fold(
          n_features(),
          [&](Index i) {
            return term_(Lanes(s.query[i]), Lanes::load(features + i * leaf_rows + begin));
          },
          combine_);
      const std::array<double, Lanes::count> reduced = distances.elements();
      for (Index row = 0; row < Lanes::count; ++row) {
        const Number number = numbers[begin + row];
        if (reduced[row] > s.nearest.farthest() || number == KdNodes<T>::no_row) continue;
        const Index index = s.first + number;
        if (s.present == nullptr || s.present[index] != 0) s.nearest.insert({reduced[row], index});
      }
    }
  }

  KdNodes<T> tree_;
  Term term_;
  Combine combine_;
};

template <Index few, class T, class Term, class Combine>
std::unique_ptr<const KdTree::Searcher> make_searcher(KdNodes<T> tree, const Term& term,
                                                      const Combine& combine) {
  if constexpr (few > 0) {
    if (tree.n_features != few) return make_searcher<few - 1>(std::move(tree), term, combine);
  }
  return std::make_unique<TypedSearcher<T, Term, Combine, few>>(std::move(tree), term, combine);
}

template <class T>
std::unique_ptr<const KdTree::Searcher> build_searcher(const Rows& rows, const Metric& metric,
                                                       int n_threads, Watch& watch) {
  return with_terms(metric, [&](const auto& term, const auto& combine) {
    return make_searcher<few_features>(build_kd_nodes<T>(rows, n_threads, watch), term, combine);
  });
}

}  // namespace

KdTree::KdTree(const Rows& rows, const Metric& metric, int n_threads, Watch& watch) {
  if (n_rows(rows) >= KdNodes<float>::no_row) {
    throw std::invalid_argument("expected fewer than " + std::to_string(KdNodes<float>::no_row) +
                                " rows for a k-d tree. Received: " + std::to_string(n_rows(rows)));
  }
  const bool doubles = std::holds_alternative<ConstMatrixView<double>>(rows) ||
                       std::holds_alternative<CsrView<double>>(rows);
  searcher_ = doubles ? build_searcher<double>(rows, metric, n_threads, watch)
                      : build_searcher<float>(rows, metric, n_threads, watch);
}

KdTree::~KdTree() = default;

Index KdTree::leaf_of(const double* query) const { return searcher_->leaf_of(query); }

void KdTree::search(const double* query, Index first, const std::uint8_t* present,
                    TopK& nearest) const {
  searcher_->search(query, first, present, nearest);
}

}  // namespace fastnn::neighbors
