#include "fastnn/neighbors/kd_tree.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "fastnn/neighbors/distance.h"
#include "fastnn/neighbors/kd_tree_build.h"
#include "fastnn/neighbors/terms.h"

namespace fastnn::neighbors {
namespace {

using Key = std::int64_t;

constexpr Key no_key = std::numeric_limits<Key>::max();
constexpr Index fan_out = KdNodes<float>::fan_out;
constexpr Index leaf_rows = KdNodes<float>::leaf_rows;

// pow() may be off by its last bits, and so not monotonic.
double lower(double bound, const Power&) { return std::max(bound * (1 - 1e-14) - 1e-300, 0.0); }
template <class Term>
double lower(double bound, const Term&) {
  return bound;
}

}  // namespace

class KdTree::Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;
  virtual Index leaf_of(const double* query) const = 0;
  virtual void search(const double* query, Index first, const std::uint8_t* present,
                      TopK& nearest) const = 0;
};

namespace {

template <class T, class Term, class Combine, Index FewFeatures>
class TypedEngine final : public KdTree::Engine {
 public:
  TypedEngine(KdNodes<T> nodes, const Term& term, const Combine& combine)
      : tree_(std::move(nodes)), term_(term), combine_(combine) {}

  Index leaf_of(const double* query) const override {
    Index node = 0;
    for (;;) {
      Key keys[fan_out];
      rate_children(node, query, keys);
      const Index child = tree_.nodes[node].first + (*std::min_element(keys, keys + fan_out) & 7);
      if (tree_.nodes[node].holds_leaves) return child;
      node = child;
    }
  }

  void search(const double* query, Index first, const std::uint8_t* present,
              TopK& nearest) const override {
    visit(0, {query, first, present, nearest});
  }

 private:
  struct Search {
    const double* query;
    Index first;
    const std::uint8_t* present;
    TopK& nearest;
  };

  Index n_features() const { return FewFeatures > 0 ? FewFeatures : tree_.n_features; }

  void rate_children(Index node, const double* query, Key* keys) const {
    const T* const box = tree_.box(node);
    for (Index child = 0; child < fan_out; ++child) {
      const auto term = [&](Index i) {
        const auto low = static_cast<double>(box[i * 2 * fan_out + child]);
        const auto high = static_cast<double>(box[(i * 2 + 1) * fan_out + child]);
        const double above = low < query[i] ? query[i] : low;
        return term_(query[i], high < above ? high : above);
      };
      const double bound = lower(fold(n_features(), term, combine_), term_);
      keys[child] = (std::bit_cast<Key>(bound) & ~Key{fan_out - 1}) | child;
    }
  }

  void visit(Index node, const Search& s) const {
    Key keys[fan_out];
    rate_children(node, s.query, keys);
    const auto& children = tree_.nodes[node];
    for (;;) {
      const auto m = [](Key a, Key b) { return a < b ? a : b; };
      const Key key = m(m(m(keys[0], keys[1]), m(keys[2], keys[3])),
                        m(m(keys[4], keys[5]), m(keys[6], keys[7])));
      const Key bound = key & ~Key{fan_out - 1};
      const Key limit = std::bit_cast<Key>(s.nearest.farthest());
      const Index child = key & (fan_out - 1);
      if (bound > limit || child >= children.n_children) return;
      keys[child] = no_key;
      if (children.holds_leaves) {
        scan(children.first + child, s);
      } else {
        visit(children.first + child, s);
      }
    }
  }

  void scan(Index leaf, const Search& s) const {
    const T* const features = tree_.leaf(leaf);
    double reduced[leaf_rows];
    for (Index row = 0; row < leaf_rows; ++row) {
      reduced[row] = fold(
          n_features(),
          [&](Index i) {
            return term_(s.query[i], static_cast<double>(features[i * leaf_rows + row]));
          },
          combine_);
    }
    const auto* const rows = tree_.rows.data() + leaf * leaf_rows;
    for (Index row = 0; row < leaf_rows; ++row) {
      if (reduced[row] > s.nearest.farthest() || rows[row] == KdNodes<T>::no_row) continue;
      const Index index = s.first + rows[row];
      if (s.present == nullptr || s.present[index] != 0) s.nearest.insert({reduced[row], index});
    }
  }

  KdNodes<T> tree_;
  Term term_;
  Combine combine_;
};

template <class T>
std::unique_ptr<const KdTree::Engine> make_engine(KdNodes<T> nodes, const Metric& metric) {
  return with_terms(metric, [&](const auto& term, const auto& combine) {
    using Term = std::decay_t<decltype(term)>;
    using Combine = std::decay_t<decltype(combine)>;
    const auto make = [&]<Index FewFeatures>() -> std::unique_ptr<const KdTree::Engine> {
      return std::make_unique<TypedEngine<T, Term, Combine, FewFeatures>>(std::move(nodes), term,
                                                                          combine);
    };
    switch (nodes.n_features) {
      case 1:
        return make.template operator()<1>();
      case 2:
        return make.template operator()<2>();
      case 3:
        return make.template operator()<3>();
      case 4:
        return make.template operator()<4>();
      case 5:
        return make.template operator()<5>();
      case 6:
        return make.template operator()<6>();
      case 7:
        return make.template operator()<7>();
      case 8:
        return make.template operator()<8>();
      default:
        return make.template operator()<0>();
    }
  });
}

}  // namespace

KdTree::KdTree(const Rows& rows, const Metric& metric, int n_threads) {
  if (n_rows(rows) >= KdNodes<float>::no_row) {
    throw std::invalid_argument("expected fewer than 4294967295 rows for a k-d tree. Received: " +
                                std::to_string(n_rows(rows)));
  }
  const bool in_double = std::holds_alternative<ConstMatrixView<double>>(rows) ||
                         std::holds_alternative<CsrView<double>>(rows);
  engine_ = in_double ? make_engine(build_kd_nodes<double>(rows, n_threads), metric)
                      : make_engine(build_kd_nodes<float>(rows, n_threads), metric);
}

KdTree::~KdTree() = default;
KdTree::KdTree(KdTree&&) noexcept = default;
KdTree& KdTree::operator=(KdTree&&) noexcept = default;

Index KdTree::leaf_of(const double* query) const { return engine_->leaf_of(query); }

void KdTree::search(const double* query, Index first, const std::uint8_t* present,
                    TopK& nearest) const {
  engine_->search(query, first, present, nearest);
}

}  // namespace fastnn::neighbors
