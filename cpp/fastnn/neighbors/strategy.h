// Which way through the rows costs least.
#pragma once

#include <string_view>

#include "fastnn/neighbors/metric.h"
#include "fastnn/neighbors/rows.h"
#include "fastnn/neighbors/survey.h"

namespace fastnn::neighbors {

// What the user allows: `automatic` is any way, `brute` all those that compare every row in all its
// features.
enum class Strategy { automatic, brute, pruned, kd_tree };

// Throws std::invalid_argument for a name that is none of "auto", "brute", "pruned" and "kd_tree",
// or where the metric cannot be searched that way.
Strategy strategy_named(std::string_view name, const Metric& metric);

enum class Way { direct, products, quantized, tree };

// A search among n rows of d features, for q queries' k neighbours. Costs are in nanoseconds of one
// thread.
struct Workload {
  double n = 0;
  double q = 0;
  double d = 0;
  double k = 0;

  static Workload of(const Rows& rows, Index n_queries, Index k) {
    return {static_cast<double>(n_rows(rows)), static_cast<double>(n_queries),
            static_cast<double>(n_cols(rows)), static_cast<double>(k)};
  }
};

double direct_cost(const Workload& work, const Metric& metric);
double products_cost(const Workload& work, bool ready);
double survey_cost(const Workload& work, bool project);
// By coarse integers, and where `fine` is given a second look at finer ones.
struct Levels {
  Survey::Option coarse;
  Survey::Option fine;  // dims 0: there are none
};
double quantized_cost(const Workload& work, const Levels& levels, bool ready);
double tree_cost(const Workload& work, bool ready);

}  // namespace fastnn::neighbors
