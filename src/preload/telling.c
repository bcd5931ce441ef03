#include "preload/telling.h"

__thread bool telling_underway;
