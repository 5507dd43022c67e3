# SepccKernels.cmake: sepcc_add_kernels, which makes a library of kernels out of layers or a model.
#
#     sepcc_add_kernels(TARGET name (LAYERS file | MODEL file.onnx) [ISA isa...] [NAME bundle] [INPUT name=shape...]
#                       [WISDOM file] [WEIGHTS file] [OPTIONS option...] [DEPENDS file...] [PREGENERATED folder]
#                       [STATIC | SHARED])
#
# TARGET        the library; its include directory holds <bundle>.h
# LAYERS MODEL  what `sepcc gen -f` takes; from CMAKE_CURRENT_SOURCE_DIR
# ISA           instruction sets; by default those of the processor that is compiled for
# NAME          of the bundle, its header and its functions; by default the target's name
# INPUT         `--input` for a model with open dimensions
# WISDOM        tuned plans, as `sepcc db export` writes them; from CMAKE_CURRENT_SOURCE_DIR
# WEIGHTS       the file that gets the weights of a model, instead of the library; from CMAKE_CURRENT_BINARY_DIR
# OPTIONS       more options of `sepcc gen`
# DEPENDS       other files on which the kernels depend; those that sepcc reads, it knows itself
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

# One line a file: its digest and its name. A file that is gone differs from any.
function(_sepcc_digests result)
    set(lines "")
    foreach(file IN LISTS ARGN)
        set(digest missing)
        if(EXISTS "${file}")
            file(SHA256 "${file}" digest)
        endif()
        string(APPEND lines "${digest} ${file}\n")
    endforeach()
    set(${result} "${lines}" PARENT_SCOPE)
endfunction()

# What sepcc read when it wrote the folder, as it says: a model's external data, for one.
function(_sepcc_files_read folder result)
    set(files "")
    if(EXISTS "${folder}.dependencies")
        file(STRINGS "${folder}.dependencies" lines)
        foreach(file IN LISTS lines)
            get_filename_component(file "${file}" ABSOLUTE)
            list(APPEND files "${file}")
        endforeach()
    endif()
    set(${result} "${files}" PARENT_SCOPE)
endfunction()

# Files of a bundle whose names match, by its manifest.
function(_sepcc_bundle_files folder pattern result)
    file(READ "${folder}/manifest.json" manifest)
    string(JSON count LENGTH "${manifest}" files)
    math(EXPR last "${count} - 1")
    set(files "")
    foreach(i RANGE ${last})
        string(JSON file GET "${manifest}" files ${i})
        if(file MATCHES "${pattern}")
            list(APPEND files "${folder}/${file}")
        endif()
    endforeach()
    set(${result} "${files}" PARENT_SCOPE)
endfunction()

# Whether the folder was written by the same command from files of the same bytes, and nothing of it is missing.
function(_sepcc_is_current folder key weights result)
    set(${result} FALSE PARENT_SCOPE)
    if(NOT EXISTS "${folder}.inputs" OR NOT EXISTS "${folder}/manifest.json")
        return()
    endif()
    file(READ "${folder}.inputs" known)
    if(NOT known STREQUAL key)
        return()
    endif()
    _sepcc_bundle_files("${folder}" "" files)
    foreach(file IN LISTS files weights)
        if(NOT EXISTS "${file}")
            return()
        endif()
    endforeach()
    set(${result} TRUE PARENT_SCOPE)
endfunction()

# Runs sepcc where it must; weights is the file that it writes beside the folder, or empty.
function(_sepcc_generate folder command inputs weights)
    _sepcc_files_read("${folder}" read)
    _sepcc_digests(digests ${inputs} ${read})
    _sepcc_is_current("${folder}" "${command}\n${digests}" "${weights}" current)
    if(NOT current)
        file(REMOVE "${folder}.inputs")
        if(NOT EXISTS "${folder}/manifest.json")
            file(REMOVE_RECURSE "${folder}") # what is left of a bundle; sepcc writes into no folder that it does not know
        endif()
        execute_process(COMMAND ${command} WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" RESULT_VARIABLE status
                        OUTPUT_VARIABLE said ERROR_VARIABLE complained OUTPUT_STRIP_TRAILING_WHITESPACE)
        if(NOT status STREQUAL "0")
            string(REPLACE ";" " " shown "${command}")
            message(FATAL_ERROR "sepcc_add_kernels: '${shown}' ended with ${status}:\n${complained}")
        endif()
        message(STATUS "sepcc: ${said}")
        if(complained)
            message(WARNING "${complained}")
        endif()
        _sepcc_files_read("${folder}" read)
        _sepcc_digests(digests ${inputs} ${read})
        file(WRITE "${folder}.inputs" "${command}\n${digests}")
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs} ${read} ${weights})
endfunction()

# Kernels choose their instruction set themselves; each file is compiled alone, for all have helpers of the same names.
function(_sepcc_add_library target kind folder)
    if(NOT EXISTS "${folder}/manifest.json")
        message(FATAL_ERROR "sepcc_add_kernels: ${folder} is no bundle, it has no manifest.json")
    endif()
    _sepcc_bundle_files("${folder}" "\\.c$" sources)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${folder}/manifest.json" ${sources})
    add_library(${target} ${kind} ${sources})
    target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${folder}>"
                                                "$<INSTALL_INTERFACE:include>")
    target_compile_options(${target} PRIVATE -O2 -ffp-contract=off)
    target_link_libraries(${target} PRIVATE m)
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
                          POSITION_INDEPENDENT_CODE ON UNITY_BUILD OFF DISABLE_PRECOMPILE_HEADERS ON)
endfunction()

function(sepcc_add_kernels)
    cmake_parse_arguments(PARSE_ARGV 0 arg "STATIC;SHARED" "TARGET;LAYERS;MODEL;NAME;WISDOM;WEIGHTS;PREGENERATED"
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
    set(command "${program}" gen -f "${input}" --isa "${isas}" --name "${arg_NAME}" -o "${folder}"
        --dependencies "${folder}.dependencies")
    foreach(shape IN LISTS arg_INPUT)
        list(APPEND command --input "${shape}")
    endforeach()
    set(inputs "${input}")
    if(arg_WISDOM)
        get_filename_component(wisdom "${arg_WISDOM}" ABSOLUTE)
        list(APPEND command --wisdom "${wisdom}")
        list(APPEND inputs "${wisdom}")
    endif()
    set(weights "")
    if(arg_WEIGHTS)
        get_filename_component(weights "${arg_WEIGHTS}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
        list(APPEND command --weights "${weights}")
    endif()
    list(APPEND command ${arg_OPTIONS})
    foreach(file IN LISTS arg_DEPENDS)
        get_filename_component(file "${file}" ABSOLUTE)
        list(APPEND inputs "${file}")
    endforeach()
    _sepcc_own_files("${program}" own)
    list(APPEND inputs ${own})
    _sepcc_generate("${folder}" "${command}" "${inputs}" "${weights}")
    _sepcc_add_library(${arg_TARGET} ${kind} "${folder}")
endfunction()
