// Placeholder.
#include "sandbox/sandbox.h"
