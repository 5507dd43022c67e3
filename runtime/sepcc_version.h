/* sepcc_version.h: the one place that holds sepcc's version. */
#ifndef SEPCC_VERSION_H
#define SEPCC_VERSION_H
#define SEPCC_VERSION "0.1.0"
#endif
