// Placeholder until the room's first source.
#include "operations/workspace.h"
