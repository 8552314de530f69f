// Placeholder until the room's first source.
#include "access/access.h"
