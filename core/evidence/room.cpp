// Placeholder until the room's first source.
#include "evidence/model.h"
#include "evidence/settings.h"
#include "evidence/signer.h"
#include "evidence/store.h"
