#pragma once
// The same for tests, whose optimisation is another. No QTest: its macros differ from folder to folder.
#include "pch_core.h"
