// Placeholder until the room's first source.
#include "capture/capture.h"
