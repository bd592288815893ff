// What the unit tests of the reader share: a check that ends the program with the line that failed.
#pragma once
#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                \
  do {                                                                  \
    if (!(condition)) {                                                 \
      std::printf("line %d: requires %s\n", __LINE__, #condition);      \
      std::exit(1);                                                     \
    }                                                                   \
  } while (0)
