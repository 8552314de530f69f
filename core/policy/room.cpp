// Placeholder until the room's first source.
#include "policy/policy.h"
