// Makes the image of a process out of an exec event, or out of one made for a process that was running already.
#pragma once
#include <memory>

#include "process_table.h"

namespace quince {

/// Of the event of an exec at `wall_s`. Null when the event's lengths do not fit `length`, the bytes there are.
std::shared_ptr<Image> image_of_exec(const q_exec& event, uint32_t length, int64_t wall_s);
/// Of a process that was running already; the same, but its arguments may have been changed by the program, and
/// come from /proc where the kernel side cannot read them.
std::shared_ptr<Image> image_of_running(const q_exec& event, uint32_t length);

}  // namespace quince
