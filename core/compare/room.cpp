// Placeholder until the room's first source.
#include "compare/change.h"
#include "compare/compare.h"
#include "compare/sidebyside.h"
