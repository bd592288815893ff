// Makes the image of a process out of an exec event or out of /proc.
#pragma once
#include <memory>

#include "process_table.h"

namespace quince {

/// Null when the event's lengths do not fit `length`, the bytes there are.
std::shared_ptr<Image> image_of_exec(const q_exec& event, uint32_t length);
std::shared_ptr<Image> image_of_running(uint32_t pid, const ProcStat& stat);

}  // namespace quince
