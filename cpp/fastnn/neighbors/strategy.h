// Which way through the rows costs least.
#pragma once

#include <string_view>

#include "fastnn/neighbors/metric.h"
#include "fastnn/neighbors/rows.h"
#include "fastnn/neighbors/spread.h"
#include "fastnn/neighbors/survey.h"

namespace fastnn::neighbors {

// What the user allows: `automatic` is any way, `brute` all those that compare every row in all its
// features, of which tests and benchmarks ask for `direct` and `float32` alone.
enum class Strategy { automatic, brute, direct, float32, pruned, kd_tree };

// Throws std::invalid_argument for another name than "auto", "brute", …, or where the metric cannot
// be searched that way.
Strategy strategy_named(std::string_view name, const Metric& metric);

enum class Way { direct, float32, quantized, tree };

// A search among n rows of d features, for q queries' k neighbours.
struct Workload {
  double n = 0;
  double q = 0;
  double d = 0;
  double k = 0;
  double bytes = 0;  // of a row

  static Workload of(const Rows& rows, Index n_queries, Index k) {
    return {static_cast<double>(n_rows(rows)), static_cast<double>(n_queries),
            static_cast<double>(n_cols(rows)), static_cast<double>(k),
            static_cast<double>(row_bytes(rows))};
  }
};

// In nanoseconds of one thread.
struct Cost {
  double build = 0;  // of what the way needs, once
  double scan = 0;   // of each search
};

Cost direct_cost(const Workload& work, const Metric& metric);
Cost float32_cost(const Workload& work, const Metric& metric);
Cost tree_cost(const Workload& work, const Spread& spread);
// By fine integers, and where `coarse` has dimensions by those before.
struct Levels {
  Survey::Option fine;
  Survey::Option coarse;
};
Cost quantized_cost(const Workload& work, const Levels& levels);
// In nanoseconds as well: what it costs to know what these costs depend on.
double spread_cost(const Workload& work, const Metric& metric);
double survey_cost(const Workload& work);
double projection_cost(const Workload& work);

}  // namespace fastnn::neighbors
