// The one place that starts threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>

#include "fastnn/common/types.h"

namespace fastnn {

// An upper limit for all calls that do not name a number of threads; 0 takes the limit away.
void set_num_threads(int n_threads);

// The number of threads that `requested` stands for: 0 the default (the limit above,
// OMP_NUM_THREADS and threadpoolctl are obeyed), n > 0 itself, -1 all cores, -2 all but one. In a
// forked child always 1, since libgomp's threads do not survive a fork.
int resolve_threads(int requested);

// At most so many of `n_threads` that each gets `grain` units of work; starting a team costs
// microseconds.
inline int limit_threads(int n_threads, double work, double grain) {
  return static_cast<int>(std::clamp(work / grain, 1.0, static_cast<double>(n_threads)));
}

// Runs body(task) for every task in [0, n_tasks), tasks handed out one by one. The first exception
// stops the handing out and is rethrown here. The calling thread takes part; when no task is left
// for it, it calls `while_waiting` again and again until the others are done.
void parallel_for(Index n_tasks, int n_threads, const std::function<void(Index)>& body,
                  const std::function<void()>& while_waiting = {});

// The threads of one parallel region that go through its steps together.
class Team {
 public:
  explicit Team(int size);

  int size() const { return size_; }

  // Waits until all threads of the team are here. Spins for some tens of microseconds, then sleeps:
  // on a busy machine a spinning thread would use up the time that the thread waited for needs.
  void wait();

  // What its threads have slept so far, all together.
  double seconds_asleep() const { return seconds_asleep_.load(std::memory_order_relaxed); }

  // Lets nobody wait any more, for a thread that leaves by an exception.
  void abandon();

 private:
  int size_;
  int spins_;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> generation_{0};
  std::atomic<bool> abandoned_{false};
  std::atomic<double> seconds_asleep_{0};
};

// One thread's place in its team.
struct Member {
  Team* team = nullptr;
  int rank = 0;

  int team_size() const { return team == nullptr ? 1 : team->size(); }
  bool first() const { return rank == 0; }
  void wait() const {
    if (team != nullptr) team->wait();
  }
  double seconds_asleep() const { return team == nullptr ? 0 : team->seconds_asleep(); }
  // This member's share of n units, cut at multiples of `multiple`.
  Range share(Index n, Index multiple = 1) const {
    const Index units = (n + multiple - 1) / multiple;
    const Index size = team_size();
    return {std::min(n, units * rank / size * multiple),
            std::min(n, units * (rank + 1) / size * multiple)};
  }
  // No member's share is larger.
  Index largest_share(Index n, Index multiple = 1) const {
    const Index units = (n + multiple - 1) / multiple;
    return std::min(n, (units + team_size() - 1) / team_size() * multiple);
  }
};

// Runs body(member) on each thread of one team, in one parallel region.
void run_team(int n_threads, const std::function<void(const Member&)>& body);

}  // namespace fastnn
