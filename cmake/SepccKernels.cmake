# SepccKernels.cmake: sepcc_add_kernels, which makes a library of kernels out of layers or a model.
#
#     sepcc_add_kernels(TARGET name (LAYERS file | MODEL file.onnx) [ISA isa...] [NAME bundle] [INPUT name=shape...]
#                       [OPTIONS option...] [DEPENDS file...] [PREGENERATED folder] [STATIC | SHARED])
#
# TARGET        the library; its include directory holds <bundle>.h
# LAYERS MODEL  what `sepcc gen -f` takes; from CMAKE_CURRENT_SOURCE_DIR
# ISA           instruction sets; by default those of the processor that is compiled for
# NAME          of the bundle, its header and its functions; by default the target's name
# INPUT         `--input` for a model with open dimensions
# OPTIONS       more options of `sepcc gen`
# DEPENDS       other files that sepcc reads, such as a model's external data
# PREGENERATED  the folder of a bundle that was written before: sepcc is not run, and need not be there. The variable
#               SEPCC_PREGENERATED is a folder that holds such bundles by their names.
#
# Kernels are named after their plans, so that only sepcc knows their names: it runs when CMake configures, and CMake
# configures again when an input, sepcc or a template changes. It writes only files whose bytes change, so only those
# are compiled again. SEPCC_EXECUTABLE is the program, for the machine that builds; everything that it writes is
# compiled with the project's own compiler. This file depends on nothing beside it: a project may keep a copy.

include_guard(GLOBAL)

# The program itself, found by whoever includes this file, or on the PATH of the machine that builds.
function(_sepcc_find_program result)
    if(NOT SEPCC_EXECUTABLE)
        find_program(SEPCC_EXECUTABLE sepcc NO_CMAKE_FIND_ROOT_PATH DOC "sepcc, for the machine that builds")
    endif()
    if(NOT SEPCC_EXECUTABLE)
        message(FATAL_ERROR "sepcc_add_kernels: no program sepcc; set SEPCC_EXECUTABLE to it, or SEPCC_PREGENERATED "
                            "to the folder of bundles that were written before")
    endif()
    set(${result} "${SEPCC_EXECUTABLE}" PARENT_SCOPE)
endfunction()

function(_sepcc_default_isas result)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
        set(${result} sse avx2 avx512 PARENT_SCOPE)
    elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
        set(${result} neon PARENT_SCOPE)
    else()
        set(${result} scalar PARENT_SCOPE)
    endif()
endfunction()

# What sepcc reads beside its input: itself and its templates.
function(_sepcc_own_files program result)
    set(files "${program}")
    get_filename_component(real "${program}" REALPATH)
    get_filename_component(bin "${real}" DIRECTORY)
    foreach(data IN ITEMS "$ENV{SEPCC_DATADIR}" "${SEPCC_DATADIR}" "${bin}/../share/sepcc")
        if(data AND IS_DIRECTORY "${data}/templates")
            file(GLOB_RECURSE templates "${data}/templates/*.m4")
            list(APPEND files ${templates} "${data}/runtime/sepcc_kernel.h")
            break()
        endif()
    endforeach()
    set(${result} "${files}" PARENT_SCOPE)
endfunction()

# Runs sepcc unless the folder was written by the same command from files of the same bytes.
function(_sepcc_generate folder command inputs)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
    set(key "${command}")
    foreach(file IN LISTS inputs)
        file(SHA256 "${file}" digest)
        string(APPEND key "\n${digest} ${file}")
    endforeach()
    set(known "")
    if(EXISTS "${folder}.inputs" AND EXISTS "${folder}/manifest.json")
        file(READ "${folder}.inputs" known)
    endif()
    if(known STREQUAL key)
        return()
    endif()
    file(REMOVE "${folder}.inputs")
    execute_process(COMMAND ${command} WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" RESULT_VARIABLE status
                    OUTPUT_VARIABLE said ERROR_VARIABLE complained OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT status STREQUAL "0")
        string(REPLACE ";" " " shown "${command}")
        message(FATAL_ERROR "sepcc_add_kernels: '${shown}' ended with ${status}:\n${complained}")
    endif()
    message(STATUS "sepcc: ${said}")
    file(WRITE "${folder}.inputs" "${key}")
endfunction()

# The C files of a bundle, by its manifest.
function(_sepcc_sources folder result)
    if(NOT EXISTS "${folder}/manifest.json")
        message(FATAL_ERROR "sepcc_add_kernels: ${folder} is no bundle, it has no manifest.json")
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${folder}/manifest.json")
    file(READ "${folder}/manifest.json" manifest)
    string(JSON count LENGTH "${manifest}" files)
    math(EXPR last "${count} - 1")
    set(sources "")
    foreach(i RANGE ${last})
        string(JSON file GET "${manifest}" files ${i})
        if(file MATCHES "\\.c$")
            list(APPEND sources "${folder}/${file}")
        endif()
    endforeach()
    set(${result} "${sources}" PARENT_SCOPE)
endfunction()

# Kernels choose their instruction set themselves; each file is compiled alone, for all have helpers of the same names.
function(_sepcc_add_library target kind folder)
    _sepcc_sources("${folder}" sources)
    add_library(${target} ${kind} ${sources})
    target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${folder}>"
                                                "$<INSTALL_INTERFACE:include>")
    target_compile_options(${target} PRIVATE -O2 -ffp-contract=off)
    target_link_libraries(${target} PRIVATE m)
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
                          POSITION_INDEPENDENT_CODE ON UNITY_BUILD OFF DISABLE_PRECOMPILE_HEADERS ON)
endfunction()

function(sepcc_add_kernels)
    cmake_parse_arguments(PARSE_ARGV 0 arg "STATIC;SHARED" "TARGET;LAYERS;MODEL;NAME;PREGENERATED"
                          "ISA;INPUT;OPTIONS;DEPENDS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "sepcc_add_kernels: unknown argument '${arg_UNPARSED_ARGUMENTS}'")
    elseif(NOT arg_TARGET)
        message(FATAL_ERROR "sepcc_add_kernels: no TARGET")
    endif()
    get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
    if(NOT "C" IN_LIST languages)
        message(FATAL_ERROR "sepcc_add_kernels: kernels are C, add C to the project's languages")
    endif()
    set(kind STATIC)
    if(arg_SHARED)
        set(kind SHARED)
    endif()
    if(NOT arg_NAME)
        string(MAKE_C_IDENTIFIER "${arg_TARGET}" arg_NAME)
    endif()
    if(NOT arg_PREGENERATED AND SEPCC_PREGENERATED)
        set(arg_PREGENERATED "${SEPCC_PREGENERATED}/${arg_NAME}")
    endif()
    if(arg_PREGENERATED)
        get_filename_component(folder "${arg_PREGENERATED}" ABSOLUTE)
        _sepcc_add_library(${arg_TARGET} ${kind} "${folder}")
        return()
    endif()

    if((arg_LAYERS AND arg_MODEL) OR NOT (arg_LAYERS OR arg_MODEL))
        message(FATAL_ERROR "sepcc_add_kernels: expected one of LAYERS and MODEL")
    endif()
    get_filename_component(input "${arg_LAYERS}${arg_MODEL}" ABSOLUTE)
    if(NOT EXISTS "${input}")
        message(FATAL_ERROR "sepcc_add_kernels: no file ${input}; it must be there when CMake configures")
    endif()
    if(NOT arg_ISA)
        _sepcc_default_isas(arg_ISA)
    endif()
    string(REPLACE ";" "," isas "${arg_ISA}")
    _sepcc_find_program(program)
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/sepcc/${arg_TARGET}")
    file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/sepcc")
    set(command "${program}" gen -f "${input}" --isa "${isas}" --name "${arg_NAME}" -o "${folder}")
    foreach(shape IN LISTS arg_INPUT)
        list(APPEND command --input "${shape}")
    endforeach()
    list(APPEND command ${arg_OPTIONS})
    set(inputs "${input}")
    foreach(file IN LISTS arg_DEPENDS)
        get_filename_component(file "${file}" ABSOLUTE)
        list(APPEND inputs "${file}")
    endforeach()
    _sepcc_own_files("${program}" own)
    list(APPEND inputs ${own})
    _sepcc_generate("${folder}" "${command}" "${inputs}")
    _sepcc_add_library(${arg_TARGET} ${kind} "${folder}")
endfunction()
