// Placeholder until the room's first source.
#include "json/canonical.h"
#include "json/equality.h"
#include "json/node.h"
#include "json/pointer.h"
#include "json/value.h"
