// What the unit tests of the reader share: a check that ends the program with the line that failed.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>

/// What is being checked, for tests that make their cases up; printed with a failure.
inline std::string check_context;

#define CHECK(condition)                                                                               \
  do {                                                                                                 \
    if (!(condition)) {                                                                                \
      std::printf("line %d: requires %s%s\n", __LINE__, #condition, check_context.c_str());            \
      std::exit(1);                                                                                    \
    }                                                                                                  \
  } while (0)
